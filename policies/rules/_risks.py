"""Actions that together give a caller more than they seem to.

Escalation after Rhino Security Labs' study of 2018 and DataDog's pathfinding.cloud, credentials after K. McQuade's
list of API calls that return them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PASS_ROLE: Final = "iam:PassRole"  # noqa: S105 - an action of IAM
# What an exemption names it by -> the actions that it takes, all of them.
ESCALATION: Final[Mapping[str, tuple[str, ...]]] = {
    "new-policy-version": ("iam:CreatePolicyVersion",),
    "other-policy-version": ("iam:SetDefaultPolicyVersion",),
    "policy-for-user": ("iam:AttachUserPolicy",),
    "policy-for-group": ("iam:AttachGroupPolicy",),
    "policy-for-role": ("iam:AttachRolePolicy",),
    "inline-policy-of-user": ("iam:PutUserPolicy",),
    "inline-policy-of-group": ("iam:PutGroupPolicy",),
    "inline-policy-of-role": ("iam:PutRolePolicy",),
    "no-boundary-of-user": ("iam:DeleteUserPermissionsBoundary",),
    "no-boundary-of-role": ("iam:DeleteRolePermissionsBoundary",),
    "trust-of-role": ("iam:UpdateAssumeRolePolicy",),
    "user-into-group": ("iam:AddUserToGroup",),
    "new-access-key": ("iam:CreateAccessKey",),
    "new-password": ("iam:CreateLoginProfile",),
    "other-password": ("iam:UpdateLoginProfile",),
    "code-of-function": ("lambda:UpdateFunctionCode",),
    "layer-of-function": ("lambda:UpdateFunctionConfiguration",),
    "code-of-glue-endpoint": ("glue:UpdateDevEndpoint",),
    "notebook-of-others": ("sagemaker:CreatePresignedNotebookInstanceUrl",),
    "shell-in-task": ("ecs:ExecuteCommand",),
    "shell-on-instance": ("ssm:SendCommand",),
    "session-on-instance": ("ssm:StartSession",),
    "stack-of-others": ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
    "user-data-of-instance": ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
    "pass-to-instance": (PASS_ROLE, "ec2:RunInstances"),
    "pass-to-function-called": (PASS_ROLE, "lambda:CreateFunction", "lambda:InvokeFunction"),
    "pass-to-function-opened": (PASS_ROLE, "lambda:CreateFunction", "lambda:AddPermission"),
    "pass-to-function-fed": (PASS_ROLE, "lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
    "pass-to-stack": (PASS_ROLE, "cloudformation:CreateStack"),
    "pass-to-pipeline": (PASS_ROLE, "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition"),
    "pass-to-glue-endpoint": (PASS_ROLE, "glue:CreateDevEndpoint"),
    "pass-to-glue-job": (PASS_ROLE, "glue:CreateJob", "glue:StartJobRun"),
    "pass-to-glue-job-changed": (PASS_ROLE, "glue:UpdateJob", "glue:StartJobRun"),
    "pass-to-build": (PASS_ROLE, "codebuild:CreateProject", "codebuild:StartBuild"),
    "pass-to-task-run": (PASS_ROLE, "ecs:RegisterTaskDefinition", "ecs:RunTask"),
    "pass-to-task-served": (PASS_ROLE, "ecs:RegisterTaskDefinition", "ecs:CreateService"),
    "pass-to-app": (PASS_ROLE, "apprunner:CreateService"),
    "pass-to-notebook": (PASS_ROLE, "sagemaker:CreateNotebookInstance"),
    "pass-to-training": (PASS_ROLE, "sagemaker:CreateTrainingJob"),
    "pass-to-machine": (PASS_ROLE, "states:CreateStateMachine", "states:StartExecution"),
    "pass-to-schedule": (PASS_ROLE, "scheduler:CreateSchedule"),
    "pass-to-interpreter": (
        PASS_ROLE,
        "bedrock-agentcore:CreateCodeInterpreter",
        "bedrock-agentcore:StartCodeInterpreterSession",
        "bedrock-agentcore:InvokeCodeInterpreter",
    ),
}

# Reads of whole stores, and what shares a copy of one with another account.
EXFILTRATION: Final = (
    "dynamodb:ExportTableToPointInTime",
    "ebs:GetSnapshotBlock",
    "ec2:ModifyImageAttribute",
    "ec2:ModifySnapshotAttribute",
    "lambda:GetFunction",
    "rds:ModifyDBClusterSnapshotAttribute",
    "rds:ModifyDBSnapshotAttribute",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)

# What answers with a credential, or makes one. Not ECR's token, which by itself opens no repository.
CREDENTIALS: Final = (
    "appsync:CreateApiKey",
    "codeartifact:GetAuthorizationToken",
    "codepipeline:PollForJobs",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken",
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "cognito-idp:GetSigningCertificate",
    "ec2:GetPasswordData",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateAccessKey",
    "lightsail:DownloadDefaultKeyPair",
    "lightsail:GetInstanceAccessDetails",
    "lightsail:GetRelationalDatabaseMasterUserPassword",
    "rds-db:connect",
    "redshift-serverless:GetCredentials",
    "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
)
