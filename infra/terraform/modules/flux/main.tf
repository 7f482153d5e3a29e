# Flux, and the first objects of k8s/flux/clusters. After that, Flux keeps everything, including these objects, as in
# the signed artifact. Its Secrets are not created here, so no state contains them: docs/aws.md.

locals {
  # The source, and the object that applies the cluster's own directory, from the same file from which Flux later gets
  # them.
  manifest = file("${path.module}/../../../../k8s/flux/common/cluster.yaml")
  first = [
    for object in [for document in split("\n---\n", local.manifest) : yamldecode(document)] : merge(object, {
      metadata = merge(object.metadata, { namespace = helm_release.operator.namespace })
      spec = merge(object.spec, {
        for key, value in { path = "./k8s/flux/clusters/${var.environment}" } : key => value if object.kind == "Kustomization"
      })
    })
  ]
}

resource "helm_release" "operator" {
  name             = "flux-operator"
  namespace        = "flux-system"
  create_namespace = true
  repository       = "oci://ghcr.io/controlplaneio-fluxcd/charts"
  chart            = "flux-operator"
  version          = "0.58.1"
}

resource "helm_release" "instance" {
  name       = "flux"
  namespace  = helm_release.operator.namespace
  repository = "oci://ghcr.io/controlplaneio-fluxcd/charts"
  chart      = "flux-instance"
  version    = "0.58.1"
  timeout    = 600

  values = [yamlencode({
    instance = {
      # The operator's image contains the manifests of this version, and uses them without an artifact.
      distribution = { version = "2.9.4", registry = "ghcr.io/fluxcd", artifact = "" }
      components = [
        "source-controller",
        "kustomize-controller",
        "helm-controller",
        "notification-controller",
        "image-reflector-controller",
        "image-automation-controller",
      ]
      cluster = { type = "aws", networkPolicy = true }
    }
    # Ends when Flux runs, so the CRDs of the next release exist.
    healthcheck = { enabled = true }
  })]
}

resource "helm_release" "first" {
  name      = "flux-cluster"
  namespace = helm_release.operator.namespace
  chart     = "${path.module}/../../charts/objects"
  values    = [yamlencode({ objects = local.first })]
  # They become ready when Flux has its Secrets.
  wait = false

  depends_on = [helm_release.instance]
}
