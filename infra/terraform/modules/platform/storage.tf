# Volumes and snapshots for k8s/components/postgres. The driver and the CRDs are add-ons of the cluster.
resource "helm_release" "storage" {
  name      = "storage"
  namespace = "kube-system"
  chart     = "${path.module}/../../charts/objects"

  values = [yamlencode({
    objects = [
      {
        apiVersion = "storage.k8s.io/v1"
        kind       = "StorageClass"
        metadata = {
          name        = "gp3"
          annotations = { "storageclass.kubernetes.io/is-default-class" = "true" }
        }
        provisioner          = "ebs.csi.aws.com"
        parameters           = { type = "gp3", encrypted = "true" }
        volumeBindingMode    = "WaitForFirstConsumer"
        allowVolumeExpansion = true
        reclaimPolicy        = "Delete"
      },
      {
        apiVersion = "snapshot.storage.k8s.io/v1"
        kind       = "VolumeSnapshotClass"
        metadata = {
          name        = "ebs"
          annotations = { "snapshot.storage.kubernetes.io/is-default-class" = "true" }
        }
        driver = "ebs.csi.aws.com"
        # Keeps a backup when its object in the cluster is deleted.
        deletionPolicy = "Retain"
      },
    ]
  })]
}
