"""One command that runs the whole portal: `python -m mastportal.launcher`, or `make run`."""
