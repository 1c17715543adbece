"""The API published by APIXO: `generateTask`, `statusTask` and the balance below `/api/v1`."""
