"""Networks that travel: NIR, the field's exchange format."""
