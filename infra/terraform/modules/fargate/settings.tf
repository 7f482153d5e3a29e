# The API's settings, by their names in spin.toml: docs/settings.md.
locals {
  # The container's port and user.
  port = 3000
  user = "1001:1001"

  settings = {
    app_env         = "production"
    log_format      = "json"
    seed_demo_data  = "false"
    docs_enabled    = "false"
    request_timeout = "10s"
    # The load balancer.
    trusted_proxies = "1"

    database   = "postgres"
    pghost     = aws_db_instance.this.address
    pgport     = tostring(aws_db_instance.this.port)
    pguser     = aws_db_instance.this.username
    pgdatabase = aws_db_instance.this.db_name
    pgsslmode  = "require"
    pg_ca_root = var.database_ca

    redis_address = "rediss://${aws_elasticache_replication_group.this.primary_endpoint_address}:6379"
    rate_limit    = "600/60s"
    cache_ttl     = "30s"
  }

  secrets = {
    api_key        = aws_secretsmanager_secret.this["api_key"].arn
    pgpassword     = aws_secretsmanager_secret.this["pgpassword"].arn
    redis_password = aws_secretsmanager_secret.this["redis_password"].arn
  }
}
