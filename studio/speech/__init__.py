"""Speech synthesis: text normalization, SSML, phonemes, voice selection and the acoustic models."""
