"""The work after acceptance: the job that advances a generation, its queue, callbacks and recovery."""
