#!/usr/bin/env bash
# Grants the app's identity its Microsoft Graph application permissions with `az rest`. It does the same as graph.bicep,
# for an administrator who has no rights in Azure. A permission that is there already is left as it is.
#
# usage: grant-graph-permissions.sh PRINCIPAL_ID [--no-self-initiated-courses] [--no-courses-by-external-id]
#                                   [--people-by nothing|address|employeeId] [--what-if]
#
# PRINCIPAL_ID is the object id of the identity (output identityPrincipalId of main.bicep). Sign in first, with
# `az login` as a Privileged Role Administrator.
set -euo pipefail

readonly GRAPH="https://graph.microsoft.com/v1.0"
readonly GRAPH_APP="00000003-0000-0000-c000-000000000000"

usage() {
  sed -n '/^# usage/,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0" >&2
  exit 2
}

role_id() {
  case $1 in
    LearningAssignedCourse.ReadWrite.All) echo 236c1cbd-1187-427f-b0f5-b1852454973b ;;
    LearningSelfInitiatedCourse.ReadWrite.All) echo 7654ed61-8965-4025-846a-0856ec02b5b0 ;;
    LearningContent.Read.All) echo 8740813e-d8aa-4204-860e-2a0f8f84dbc8 ;;
    User.ReadBasic.All) echo 97235f07-e226-4f63-ace3-39588e11d3a1 ;;
    User.Read.All) echo df021288-bdef-4463-88db-98f22de89214 ;;
  esac
}

[[ ${1:-} =~ ^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$ ]] || usage
principal=$1
shift
self_initiated_courses=yes courses_by_external_id=yes people_by=address what_if=no
while (($#)); do
  case $1 in
    --no-self-initiated-courses) self_initiated_courses=no ;;
    --no-courses-by-external-id) courses_by_external_id=no ;;
    --people-by) people_by=${2:-} && shift ;;
    --what-if) what_if=yes ;;
    *) usage ;;
  esac
  shift
done

wanted=(LearningAssignedCourse.ReadWrite.All)
[[ $self_initiated_courses == yes ]] && wanted+=(LearningSelfInitiatedCourse.ReadWrite.All)
[[ $courses_by_external_id == yes ]] && wanted+=(LearningContent.Read.All)
case $people_by in
  nothing) ;;
  address) wanted+=(User.ReadBasic.All) ;;
  employeeId) wanted+=(User.Read.All) ;;
  *) usage ;;
esac

graph=$(az rest --method GET --url "$GRAPH/servicePrincipals(appId='$GRAPH_APP')?\$select=id" --query id --output tsv)
present=$(az rest --method GET --url "$GRAPH/servicePrincipals/$principal/appRoleAssignments?\$top=999" \
  --query "value[?resourceId=='$graph'].appRoleId" --output tsv)

for permission in "${wanted[@]}"; do
  role=$(role_id "$permission")
  if grep -qixF "$role" <<<"$present"; then
    echo "present  $permission"
  elif [[ $what_if == yes ]]; then
    echo "missing  $permission"
  else
    az rest --method POST --url "$GRAPH/servicePrincipals/$principal/appRoleAssignments" \
      --headers Content-Type=application/json --output none \
      --body "{\"principalId\": \"$principal\", \"resourceId\": \"$graph\", \"appRoleId\": \"$role\"}"
    echo "granted  $permission"
  fi
done
