"""The API published by OmniVideo: `/api/v1/tasks/create` and `/api/v1/tasks/{task_id}`."""
