"""One sandbox: bubblewrap namespaces, system call filter, limits, staged mounts; no network route at all."""
