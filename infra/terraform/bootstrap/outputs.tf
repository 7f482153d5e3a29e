output "backend" {
  description = "What every root needs for `init -backend-config`, as the text of that file."
  value       = <<-EOT
    bucket     = "${aws_s3_bucket.state.id}"
    kms_key_id = "${aws_kms_key.state.arn}"
    region     = "${var.region}"
  EOT
}
