"""Results on the screen: diagrams, tables, trees, hex, lists and JSON. Nothing here decodes or exits."""
