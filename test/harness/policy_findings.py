"""Prints parliament's findings in IAM policies: {name: policy} on standard input, {name: [finding]} on standard output."""
import json
import sys
import warnings

warnings.filterwarnings("ignore")  # its own use of pkg_resources

from parliament import analyze_policy_string  # noqa: E402


def text(finding):
    detail = finding.detail
    if isinstance(detail, list):
        detail = ", ".join(json.dumps(part) if isinstance(part, dict) else str(part) for part in detail)
    return f"{finding.issue}: {detail}" if detail else finding.issue


policies = json.load(sys.stdin)
print(json.dumps({name: [text(f) for f in analyze_policy_string(json.dumps(p)).findings] for name, p in policies.items()}))
