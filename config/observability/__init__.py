"""What Prometheus and Grafana are given to watch a service with; nothing of it runs in one."""
