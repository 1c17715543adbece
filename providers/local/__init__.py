"""Real media made on this machine from a prompt: pictures, video, speech, avatars and music."""
