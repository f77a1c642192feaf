"""The interactive dissector: packets, headers, bytes and explanations that move together. Nothing here decodes."""
