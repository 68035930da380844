package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/kql"
	"lazuli.dev/lazuli/pipeline"
	"lazuli.dev/lazuli/query"
)

// A problem is an error as the API answers it. Everything in it is for the one who asked.
type problem struct {
	status  int
	code    string
	message string
	inner   *innerProblem
	retry   time.Duration // for Retry-After; 0 = none
}

// An innerProblem narrows a problem down. Line, pos and token are written only where line is not 0.
type innerProblem struct {
	code, message string
	line, pos     int
	token         string
	inner         *innerProblem
}

// The messages and codes of the Log Analytics API that clients look at.
const (
	codeBadArgument  = "BadArgumentError"
	codeNotFound     = "PathNotFoundError"
	messageBadQuery  = "The request had some invalid properties"
	messageNoSuch    = "The requested path does not exist"
	statusClientGone = 499 // nobody reads it but the log
)

func badRequest(message string) *problem {
	return &problem{status: http.StatusBadRequest, code: codeBadArgument, message: messageBadQuery, inner: &innerProblem{code: "InvalidArgument", message: message}}
}

var (
	errUnauthorized = &problem{status: http.StatusUnauthorized, code: "AuthorizationRequiredError",
		message: "Valid authentication was not provided. Send the header: Authorization: Bearer <token>"}
	errNoPath      = &problem{status: http.StatusNotFound, code: codeNotFound, message: messageNoSuch}
	errPlain       = &problem{status: http.StatusForbidden, code: "InsecureTransportError", message: "Plain HTTP is answered on the loopback address only. Use https:// with the same port; `lazuli ca` prints the certificate to trust."}
	errFault       = &problem{status: http.StatusInternalServerError, code: "InternalServerError", message: "Something went wrong inside the server. Its log has the cause under the correlationId."}
	errNoWorkspace = &problem{status: http.StatusNotFound, code: codeNotFound, message: messageNoSuch,
		inner: &innerProblem{code: "WorkspaceNotFound", message: "There is no such workspace. Name it by its name or its GUID."}}
)

func forbidden(message string) *problem {
	return &problem{status: http.StatusForbidden, code: "InsufficientAccessError", message: "The provided credentials have insufficient access to perform the requested operation",
		inner: &innerProblem{code: "AuthorizationFailed", message: message}}
}

// append writes the problem as the value of the property error.
func (p *problem) append(dst []byte, id string) []byte {
	dst = query.AppendString(append(dst, `{"message":`...), p.message)
	dst = query.AppendString(append(dst, `,"code":`...), p.code)
	dst = query.AppendString(append(dst, `,"correlationId":`...), id)
	if p.inner != nil {
		dst = p.inner.append(append(dst, `,"innererror":`...))
	}
	return append(dst, '}')
}

func (p *innerProblem) append(dst []byte) []byte {
	dst = query.AppendString(append(dst, `{"code":`...), p.code)
	dst = query.AppendString(append(dst, `,"message":`...), p.message)
	if p.line != 0 {
		dst = strconv.AppendInt(append(dst, `,"line":`...), int64(p.line), 10)
		dst = strconv.AppendInt(append(dst, `,"pos":`...), int64(p.pos), 10)
		dst = query.AppendString(append(dst, `,"token":`...), p.token)
	}
	if p.inner != nil {
		dst = p.inner.append(append(dst, `,"innererror":`...))
	}
	return append(dst, '}')
}

// answer writes the problem as the whole answer.
func (p *problem) answer(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if p.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="lazuli"`)
	}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retry.Seconds()))))
	}
	body := append(p.append([]byte(`{"error":`), requestID(r.Context())), '}', '\n')
	h.Set("Content-Type", jsonType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that left gets no answer
	}
}

// ofQuery is the problem of a query that failed. The second result is what the operator should read, nil when
// the client alone is concerned.
func ofQuery(err error) (*problem, error) {
	var wrong *kql.Error
	if errors.As(err, &wrong) {
		return ofText(wrong), nil
	}
	var failed *query.Error
	if !errors.As(err, &failed) {
		if errors.Is(err, context.Canceled) {
			return &problem{status: statusClientGone, code: "ClientClosedRequest", message: "The client closed the connection."}, nil
		}
		return errFault, err
	}
	p := &problem{retry: failed.Retry}
	cause := errors.Unwrap(failed)
	switch failed.Kind {
	case query.BadRequest:
		return badRequest(failed.Message), nil
	case query.BadQuery:
		return &problem{status: http.StatusBadRequest, code: codeBadArgument, message: messageBadQuery,
			inner: &innerProblem{code: "EvaluationError", message: failed.Message}}, cause
	case query.Timeout:
		p.status, p.code, p.message = http.StatusGatewayTimeout, "GatewayTimeout", failed.Message
		p.inner = &innerProblem{code: "QueryTimeout", message: "Ask for less, for example a shorter timespan, or allow more time with the header Prefer: wait=600."}
	case query.Canceled:
		p.status, p.code, p.message = statusClientGone, "ClientClosedRequest", failed.Message
	case query.Busy:
		p.status, p.code, p.message = http.StatusTooManyRequests, "ThrottledError", failed.Message
	case query.Memory:
		p.status, p.code, p.message = http.StatusBadRequest, codeBadArgument, messageBadQuery
		p.inner = &innerProblem{code: "E_LOW_MEMORY_CONDITION", message: failed.Message}
	case query.TooLarge:
		p.status, p.code, p.message = http.StatusBadRequest, codeBadArgument, messageBadQuery
		p.inner = &innerProblem{code: "E_QUERY_RESULT_SET_TOO_LARGE", message: failed.Message}
	default: // the engine has logged it
		return errFault, nil
	}
	return p, cause
}

// ofText is the problem of a query whose text is wrong: where, and by which of Kusto's codes.
func ofText(e *kql.Error) *problem {
	outer := &innerProblem{code: "SemanticError", message: "A semantic error occurred."}
	message := e.Message
	if e.Suggestion != "" {
		message += ". " + e.Suggestion
	}
	inner := &innerProblem{code: e.Code, message: message, line: e.Line, pos: e.Pos, token: e.Token}
	if strings.HasPrefix(e.Code, "SYN") {
		outer.code, outer.message = "SyntaxError", "A recognition error occurred in the query."
	}
	if e.Line > 0 {
		// Not every client shows line and position, but each shows the message.
		inner.message += fmt.Sprintf(" [line %d, position %d]", e.Line, e.Pos)
	}
	outer.inner = inner
	return &problem{status: http.StatusBadRequest, code: codeBadArgument, message: messageBadQuery, inner: outer}
}

// ofUpload is the problem of an upload that was not taken.
func ofUpload(err error) (*problem, error) {
	public := lazuli.Public(err)
	p := &problem{message: public}
	if wait, ok := lazuli.RetryAfter(err); ok {
		p.retry = wait
	}
	switch lazuli.KindOf(err) {
	case lazuli.Invalid, lazuli.Permanent:
		p.status, p.code = http.StatusBadRequest, codeBadArgument
		return p, nil
	case lazuli.TooLarge:
		p.status, p.code = http.StatusRequestEntityTooLarge, "RequestEntityTooLargeError"
		return p, nil
	case lazuli.Conflict:
		p.status, p.code = http.StatusUnprocessableEntity, "IdempotencyKeyReuseError"
		return p, nil
	case lazuli.Denied:
		return forbidden(public), nil
	case lazuli.NoSpace:
		p.status, p.code = http.StatusServiceUnavailable, "InsufficientStorageError"
		p.retry = max(p.retry, 30*time.Second)
		return p, err
	case lazuli.Transient:
		p.status, p.code = http.StatusServiceUnavailable, "ServiceUnavailableError"
		p.retry = max(p.retry, 5*time.Second)
		if errors.Is(err, pipeline.ErrPaused) {
			return p, nil // an operator wanted it
		}
		return p, err
	}
	if errors.Is(err, context.Canceled) {
		return &problem{status: statusClientGone, code: "ClientClosedRequest", message: "The client closed the connection."}, nil
	}
	return errFault, err
}
