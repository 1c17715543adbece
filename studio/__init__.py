"""Local media generation: images, video, speech, avatars and music rendered on this machine from a prompt."""
