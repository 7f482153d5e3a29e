# shellcheck shell=bash
# The requests of hack/check/smoke to the API's own endpoints. `expect` sends a request and checks the response. Each
# function gets an unused name. The writing requests leave a transfer between two users in the history.
json=(--header 'Content-Type: application/json' --data-binary)

requests_that_read() {
  local path reads=(/hello_world '/current_time?name=Ada' /tocos /transfers)
  local unknown=("/tocos/$1" /transfers/00000000-0000-7000-8000-000000000000)
  for path in "${reads[@]}" "${unknown[@]}"; do expect - '401 problem+json' GET "$path"; done
  for path in "${reads[@]}"; do expect key '200 json' GET "$path"; done
  for path in "${unknown[@]}"; do expect key '404 problem+json' GET "$path"; done
  # Empty bodies, which change nothing even if the API is open to everybody.
  for path in /tocos /transfers; do expect - '401 problem+json' POST "$path" "${json[@]}" '{}'; done
  expect - '401 problem+json' PUT "/tocos/$1" "${json[@]}" '{}'
  expect - '401 problem+json' DELETE "/tocos/$1"
}

requests_that_write() {
  local from="$1-a" to="$1-b" id user
  local new="{\"user\":\"$from\",\"tocos\":5}"
  expect key '201 json' POST /tocos "${json[@]}" "$new"
  expect key '409 problem+json' POST /tocos "${json[@]}" "$new"
  expect key '201 json' PUT "/tocos/$to" "${json[@]}" '{"tocos":5}'
  expect key '200 json' PUT "/tocos/$to" "${json[@]}" '{"tocos":5}'
  local transfer="{\"from\":\"$from\",\"to\":\"$to\",\"amount\":2,\"note\":\"hack/check/smoke\"}"
  # The second request returns the same transfer.
  for _ in 1 2; do
    expect key '201 json' POST /transfers --header "Idempotency-Key: $1" "${json[@]}" "$transfer"
  done
  id="$(answered id)"
  expect key '200 json' GET "/transfers/${id:-none}"
  # The tocos moved once.
  holds='"tocos":3}' expect key '200 json' GET "/tocos/$from"
  for user in "$from" "$to"; do
    expect key 204 DELETE "/tocos/$user"
    expect key '404 problem+json' GET "/tocos/$user"
  done
}

# Called at the end, even after a failure.
remove_what_was_written() {
  local user
  for user in "$1-a" "$1-b"; do ask_with_key DELETE "/tocos/$user" >/dev/null; done
}
