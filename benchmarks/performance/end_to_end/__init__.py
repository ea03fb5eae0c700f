"""End to end over HTTP: ours beside what people build by themselves, and what each part costs."""
