"""The API of OpenAI for media: `/v1/images`, `/v1/audio/speech`, `/v1/videos` and `/v1/models/{model}`."""
