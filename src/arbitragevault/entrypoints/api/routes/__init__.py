"""The resources of the API, one file per noun."""
