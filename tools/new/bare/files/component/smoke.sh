# shellcheck shell=bash
# The requests of hack/check/smoke to the API's own endpoints. `expect` sends a request and checks the response. Each
# function gets an unused name.
json=(--header 'Content-Type: application/json' --data-binary)

requests_that_read() {
  local path reads=(/hello_world '/current_time?name=Ada' /notes)
  local unknown=/notes/00000000-0000-7000-8000-000000000000
  for path in "${reads[@]}" "$unknown"; do expect - '401 problem+json' GET "$path"; done
  for path in "${reads[@]}"; do expect key '200 json' GET "$path"; done
  expect key '404 problem+json' GET "$unknown"
  # An empty body, which changes nothing even if the API is open to everybody.
  expect - '401 problem+json' POST /notes "${json[@]}" '{}'
  expect - '401 problem+json' DELETE "$unknown"
}

requests_that_write() {
  expect key '201 json' POST /notes "${json[@]}" "{\"text\":\"$1\"}"
  note="/notes/$(answered id)"
  holds="\"text\":\"$1\"" expect key '200 json' GET "$note"
  expect key 204 DELETE "$note"
  expect key '404 problem+json' GET "$note"
}

# Called at the end, even after a failure.
remove_what_was_written() {
  [ -z "${note:-}" ] || ask_with_key DELETE "$note" >/dev/null
}
