"""OpenAI's models: the list, which Kubeez shares, and their names."""
