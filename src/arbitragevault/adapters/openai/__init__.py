"""The narrator that asks a language model over OpenAI's protocol, wherever it is served."""
