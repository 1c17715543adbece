"""The inputs of APIXO's models: what they have in common, and those of Seedream 4.5 and of Suno."""
