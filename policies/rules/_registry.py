"""Types of ECR."""

from __future__ import annotations

from typing import Final

from ._siblings import Bond

REPOSITORY: Final = "aws:ecr/repository:Repository"
REPOSITORY_POLICY: Final = "aws:ecr/repositoryPolicy:RepositoryPolicy"
LIFECYCLE: Final = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REPOSITORIES: Final = Bond(owners={REPOSITORY: "name"}, siblings={LIFECYCLE: "repository"})
