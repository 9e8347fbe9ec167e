"""One package per outside thing; each translates that thing's language into the domain's."""
