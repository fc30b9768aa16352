"""Each module of the product by itself."""
