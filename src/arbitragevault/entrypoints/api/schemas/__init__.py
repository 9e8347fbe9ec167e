"""The shapes of the API, as Pydantic models: the contract that OpenAPI shows.

Every field of an answer is required, so that a generated client never has to ask whether it is
there; what may be unknown is null. Money is integer minor units, probabilities are 0-1, times are
ISO 8601 UTC.
"""
