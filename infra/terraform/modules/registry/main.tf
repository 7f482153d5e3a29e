# A copy of the images in GHCR, near the cluster: .github/workflows/publish.yaml also pushes here if GitHub has its
# variables.
resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"

  encryption_configuration {
    encryption_type = "KMS"
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

# Releases are kept. Signatures and SBOMs are deleted with their image.
resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "The last 50 images of pre-releases, such as 0.1.1-edge.42.g1a2b3c4"
      selection = {
        tagStatus      = "tagged"
        tagPatternList = ["*-edge.*"]
        countType      = "imageCountMoreThan"
        countNumber    = 50
      }
      action = { type = "expire" }
    }]
  })
}
