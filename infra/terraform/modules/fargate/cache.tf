# Replicas share rate limits and cached users here. Nothing in it must be durable.

resource "aws_security_group" "cache" {
  name        = "${var.name}-cache"
  description = "Redis, for the API only"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "cache" {
  security_group_id            = aws_security_group.cache.id
  description                  = "From the API"
  referenced_security_group_id = aws_security_group.service.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.database_subnets
}

resource "aws_elasticache_replication_group" "this" {
  #checkov:skip=CKV_AWS_31:It has a token, by auth_token_wo, which that check does not know yet.
  replication_group_id = var.name
  description          = "Rate limits and cache of ${var.name}"
  engine               = "redis"
  engine_version       = "7.1"
  parameter_group_name = "default.redis7"
  node_type            = "cache.t4g.small"
  port                 = 6379

  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.cache.id]

  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.this.arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token_wo              = ephemeral.aws_secretsmanager_secret_version.this["redis_password"].secret_string
  auth_token_wo_version      = var.passwords_version
  # After a change, both the new and the previous token are valid, because replicas change one after another.
  auth_token_update_strategy = "ROTATE"

  auto_minor_version_upgrade = true
  apply_immediately          = true
}
