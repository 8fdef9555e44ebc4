"""Bytes that a sandbox sends to the service: kept by their content, bound to project and uploader, read by nobody yet."""
