# Terraform generates a password and writes it into its secret. The servers read it from there, so an apply after a
# failed one uses the same password. No state contains it. RDS could manage its own password, but would change it every
# week, and a task reads secrets only at start.

ephemeral "random_password" "this" {
  for_each = toset(["pgpassword", "redis_password"])

  length  = 48
  special = false
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:Tasks read secrets at their start, so a new one goes with a roll-out: passwords_version.
  for_each = toset(["api_key", "pgpassword", "redis_password"])

  name        = "${var.name}/${each.key}"
  description = "SPIN_VARIABLE_${upper(each.key)} of ${var.name}"
  kms_key_id  = aws_kms_key.this.arn
}

# The entries of api_key come from hack/new-key, by hand: docs/aws.md.
resource "aws_secretsmanager_secret_version" "passwords" {
  for_each = toset(["pgpassword", "redis_password"])

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = ephemeral.random_password.this[each.key].result
  secret_string_wo_version = var.passwords_version
}

# After that version is written.
ephemeral "aws_secretsmanager_secret_version" "this" {
  for_each = toset(["pgpassword", "redis_password"])

  secret_id  = aws_secretsmanager_secret_version.passwords[each.key].secret_id
  version_id = aws_secretsmanager_secret_version.passwords[each.key].version_id
}
