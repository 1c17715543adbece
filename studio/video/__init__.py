"""Video rendering: camera paths over a scene with parallax, weather and a soundtrack."""
