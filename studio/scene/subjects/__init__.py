"""What can stand, float or fly in a scene, one kin a module."""
