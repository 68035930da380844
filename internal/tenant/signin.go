package tenant

import (
	"encoding/base64"
	"math/rand/v2"
	"strconv"
	"time"
)

// A signin is what one sign-in of a person is made from.
type signin struct {
	at      time.Time
	who     *person
	app     *application
	from    string
	where   place
	machine machine
	known   bool // on a device that the company manages
	mfa     bool
	silent  bool // a client renewed a token; nobody typed anything
	failed  *failure
	risk    string
	random  uint64 // ids of this sign-in are drawn from it
}

// peopleSignins draws the people's sign-ins of one hour.
func (w *world) peopleSignins(r *rand.Rand, hour int, silent bool) []event {
	perDay := 7_000.0
	if silent {
		perDay = 9_000
	}
	var events []event
	for o, list := range w.staff {
		share := float64(len(list)) / people
		for n := int(perDay*share*w.weekly*w.work(o, hour)*(0.95+0.1*r.Float64()) + r.Float64()); n > 0; n-- {
			s := w.usual(r, list[w.pick[o].draw(r)], w.at(r, hour))
			s.silent = silent
			if r.IntN(100) < 2 {
				s.failed = &failures[w.fail.draw(r)]
				s.mfa = s.mfa && s.failed.code != 50126
			}
			events = append(events, w.signinEvent(s))
		}
	}
	return events
}

// usual is a sign-in as this person makes them: at the office, at home, on the way.
func (w *world) usual(r *rand.Rand, p *person, at time.Time) signin {
	s := signin{
		at: at, who: p, app: &applications[w.app.draw(r)], from: officeIP[p.office], where: offices[p.office],
		machine: computers[p.device], known: p.managed, mfa: r.IntN(3) == 0, risk: "none", random: r.Uint64(),
	}
	atHome := r.Float64() > commuterRate
	if h := (at.Hour() + offices[p.office].zone + 24) % 24; h < 7 || h >= 19 {
		atHome = true
	}
	if atHome {
		s.from = p.home
	}
	if r.IntN(9) == 0 {
		s.from, s.machine, s.known = p.mobile, phones[p.phone], false
	}
	return s
}

func (w *world) signinEvent(s signin) event {
	return event{s.at, 1, func(d *doc) { w.writeSignin(d, s) }}
}

func (w *world) writeSignin(d *doc, s signin) {
	r := rand.New(rand.NewPCG(s.random, 3))
	id, correlation := guid(r), guid(r)
	category, signature, client := "SignInLogs", "None", "Browser"
	if s.silent {
		category, signature, client = "NonInteractiveUserSignInLogs", "SUCCESS", "Mobile Apps and Desktop clients"
	}
	var code int64
	var text string
	if s.failed != nil {
		code, text = s.failed.code, s.failed.text
		if s.silent {
			signature = "FAILURE"
		}
	}
	requirement := "singleFactorAuthentication"
	if s.mfa {
		requirement = "multiFactorAuthentication"
	}
	access := "success"
	switch {
	case code == 53003 || code == 50074:
		access = "failure"
	case code != 0:
		access = "notApplied"
	}

	d.obj().k("time").z(s.at)
	d.ks("resourceId", "/tenants/"+w.tenant+"/providers/Microsoft.aadiam")
	d.ks("operationName", "Sign-in activity").ks("operationVersion", "1.0").ks("category", category)
	d.ks("tenantId", w.tenant).k("resultType").raw(quoted(code)).ks("resultSignature", signature)
	if code != 0 {
		d.ks("resultDescription", text)
	}
	d.k("durationMs").i(0).ks("callerIpAddress", s.from).ks("correlationId", correlation)
	d.ks("identity", s.who.name).k("Level").i(4).ks("location", s.where.code)
	d.k("properties").obj()
	d.ks("id", id).k("createdDateTime").offset(s.at)
	d.ks("userDisplayName", s.who.name).ks("userPrincipalName", s.who.upn).ks("userId", s.who.id)
	d.ks("appId", s.app.id).ks("appDisplayName", s.app.name).ks("ipAddress", s.from)
	d.k("status").obj().k("errorCode").i(code)
	if code != 0 {
		d.ks("failureReason", text)
	} else if s.mfa {
		d.ks("additionalDetails", "MFA requirement satisfied by claim in the token")
	}
	d.end()
	d.ks("clientAppUsed", client).ks("userAgent", s.machine.agent)
	d.k("deviceDetail").obj()
	if s.known {
		d.ks("deviceId", s.who.deviceID).ks("displayName", s.who.deviceNm)
	} else {
		d.ks("deviceId", "")
	}
	d.ks("operatingSystem", s.machine.os).ks("browser", s.machine.browser)
	if s.known {
		d.k("isCompliant").t(true).k("isManaged").t(true).ks("trustType", "Azure AD joined")
	}
	d.end()
	d.k("location").obj().ks("city", s.where.city).ks("state", s.where.state).ks("countryOrRegion", s.where.code)
	d.k("geoCoordinates").obj().k("latitude").f(s.where.lat).k("longitude").f(s.where.lon).end().end()
	d.ks("correlationId", correlation).ks("conditionalAccessStatus", access)
	d.k("appliedConditionalAccessPolicies").arr()
	for i, name := range []string{"Require a second factor outside the offices", "Block old protocols", "Sign-in frequency on phones"}[:1+r.IntN(3)] {
		result := "notApplied"
		if i == 0 && access != "notApplied" {
			result = access
		}
		d.obj().ks("id", fixed(11, uint64(i))).ks("displayName", name)
		d.k("enforcedGrantControls").arr()
		if i == 0 {
			d.s("Mfa")
		}
		d.fin().k("enforcedSessionControls").arr().fin().ks("result", result)
		d.k("conditionsSatisfied").i(int64(3 * r.IntN(2))).k("conditionsNotSatisfied").i(int64(r.IntN(2))).end()
	}
	d.fin()
	d.k("authenticationContextClassReferences").arr().fin()
	d.ks("originalRequestId", id).k("isInteractive").t(!s.silent).ks("tokenIssuerName", "").ks("tokenIssuerType", "AzureAD")
	d.k("authenticationProcessingDetails").arr()
	d.obj().ks("key", "Legacy TLS (TLS 1.0, 1.1, 3DES)").ks("value", "False").end()
	d.obj().ks("key", "Is CAE Token").ks("value", [2]string{"False", "True"}[r.IntN(2)]).end().fin()
	d.k("networkLocationDetails").arr()
	if s.from == officeIP[s.who.office] {
		d.obj().ks("networkType", "trustedNamedLocation").k("networkNames").arr().s("Tidewell " + s.where.city).fin().end()
	}
	d.fin()
	d.ks("clientCredentialType", "none").k("processingTimeInMilliseconds").i(int64(40 + r.IntN(300)))
	d.ks("riskDetail", "none").ks("riskLevelAggregated", s.risk).ks("riskLevelDuringSignIn", s.risk)
	state := "none"
	if s.risk != "none" {
		state = "atRisk"
	}
	d.ks("riskState", state).k("riskEventTypes").arr().fin().k("riskEventTypes_v2").arr().fin()
	d.ks("resourceDisplayName", s.app.resource).ks("resourceId", s.app.resourceID)
	d.ks("resourceTenantId", w.tenant).ks("homeTenantId", w.tenant).ks("tenantId", w.tenant)
	d.k("authenticationDetails").arr()
	if !s.silent {
		method := "Password"
		if s.mfa || r.IntN(3) > 0 {
			method = "Previously satisfied"
		}
		if code == 50126 {
			method = "Password"
		}
		d.obj().k("authenticationStepDateTime").offset(s.at).ks("authenticationMethod", method)
		if method == "Password" {
			d.ks("authenticationMethodDetail", "Password Hash Sync")
		}
		d.k("succeeded").t(code != 50126 && code != 50053)
		if code == 50126 {
			d.ks("authenticationStepResultDetail", "Invalid username or password")
		}
		d.ks("authenticationStepRequirement", "Primary authentication").k("StatusSequence").i(s.at.UnixMilli()).k("RequestSequence").i(1).end()
		if s.mfa {
			d.obj().k("authenticationStepDateTime").offset(s.at).ks("authenticationMethod", "Mobile app notification")
			d.k("succeeded").t(code == 0).ks("authenticationStepResultDetail", "MFA completed in Azure AD")
			d.ks("authenticationStepRequirement", "Secondary authentication").k("StatusSequence").i(s.at.UnixMilli() + 900).k("RequestSequence").i(2).end()
		}
	}
	d.fin()
	d.k("authenticationRequirementPolicies").arr()
	if s.mfa {
		d.obj().ks("requirementProvider", "multiConditionalAccess").ks("detail", "Conditional Access").end()
	}
	d.fin()
	d.k("sessionLifetimePolicies").arr().fin().ks("authenticationRequirement", requirement)
	d.ks("alternateSignInName", s.who.upn).ks("signInIdentifier", s.who.upn).ks("servicePrincipalId", "").ks("userType", "Member")
	d.k("flaggedForReview").t(false).k("isTenantRestricted").t(false).k("autonomousSystemNumber").i(s.where.asn)
	d.ks("crossTenantAccessType", "none").k("privateLinkDetails").obj().end().ks("ssoExtensionVersion", "")
	d.ks("uniqueTokenIdentifier", token(r)).k("authenticationStrengths").arr().fin()
	incoming := "none"
	if s.silent {
		incoming = "primaryRefreshToken"
	}
	d.ks("incomingTokenType", incoming).ks("authenticationProtocol", "none").k("appServicePrincipalId").null()
	d.ks("resourceServicePrincipalId", fixed(12, uint64(len(s.app.name)))).k("rngcStatus").i(0)
	d.ks("signInTokenProtectionStatus", "none").ks("originalTransferMethod", "none").k("isThroughGlobalSecureAccess").t(false)
	d.k("conditionalAccessAudiences").arr().s(s.app.resourceID).fin().ks("sessionId", guid(r))
	d.ks("appOwnerTenantId", w.tenant).ks("resourceOwnerTenantId", w.tenant)
	d.end().end()
}

// robotSignins draws the sign-ins of service principals or of managed identities in one
// hour: the same number in every hour, for they never sleep.
func (w *world) robotSignins(r *rand.Rand, hour int, managed bool) []event {
	list := robots
	if managed {
		list = identities
	}
	var events []event
	for i := range list {
		bot := &list[i]
		for n := bot.perHour + r.IntN(5); n > 0; n-- {
			at, random := w.at(r, hour), r.Uint64()
			failed := !managed && r.IntN(150) == 0
			events = append(events, event{at, 1, func(d *doc) { w.writeRobot(d, bot, at, random, managed, failed) }})
		}
	}
	return events
}

func (w *world) writeRobot(d *doc, bot *robot, at time.Time, random uint64, managed, failed bool) {
	r := rand.New(rand.NewPCG(random, 4))
	id, correlation := guid(r), guid(r)
	category, signature, credential := "ServicePrincipalSignInLogs", "SUCCESS", "clientSecret"
	if managed {
		category, credential = "ManagedIdentitySignInLogs", "managedIdentity"
	}
	var code int64
	const expired = "The provided client secret keys for the app are expired. Create new keys for the app or use certificate credentials."
	if failed {
		code, signature = 7000222, "FAILURE"
	}
	d.obj().k("time").z(at).ks("resourceId", "/tenants/"+w.tenant+"/providers/Microsoft.aadiam")
	d.ks("operationName", "Sign-in activity").ks("operationVersion", "1.0").ks("category", category)
	d.ks("tenantId", w.tenant).k("resultType").raw(quoted(code)).ks("resultSignature", signature)
	if failed {
		d.ks("resultDescription", expired)
	}
	d.k("durationMs").i(0)
	if !managed {
		d.ks("callerIpAddress", bot.address)
	}
	d.ks("correlationId", correlation).k("Level").i(4)
	if !managed {
		d.ks("location", offices[0].code)
	}
	d.k("properties").obj().ks("id", id).k("createdDateTime").offset(at).k("userId").null()
	d.k("agent").obj().ks("agentType", "notAgentic").ks("parentAppId", "").end()
	d.ks("appId", bot.appID).ks("ipAddress", bot.address)
	d.k("status").obj().k("errorCode").i(code)
	if failed {
		d.ks("failureReason", expired)
	}
	d.end()
	if !managed {
		d.ks("userAgent", bot.agent)
	}
	where := place{}
	if !managed {
		where = offices[0]
	}
	d.k("location").obj().ks("city", where.city).ks("state", where.state).ks("countryOrRegion", where.code)
	d.k("geoCoordinates").obj().k("latitude").f(where.lat).k("longitude").f(where.lon).end().end()
	d.ks("correlationId", correlation).ks("conditionalAccessStatus", "notApplied").k("appliedConditionalAccessPolicies").arr().fin()
	d.k("isInteractive").t(false).ks("tokenIssuerType", "AzureAD").k("authenticationProcessingDetails").arr()
	if !managed {
		d.obj().ks("key", "Azure AD App Authentication Library").ks("value", "Family: MSAL Library: "+bot.agent).end()
	}
	d.fin().k("networkLocationDetails").arr().fin().ks("clientCredentialType", credential).k("processingTimeInMilliseconds").i(int64(r.IntN(90)))
	d.ks("riskDetail", "none").ks("riskLevelAggregated", "none").ks("riskLevelDuringSignIn", "none").ks("riskState", "none")
	d.ks("resourceDisplayName", bot.resource).ks("resourceId", bot.resourceID)
	d.ks("servicePrincipalName", bot.name).ks("servicePrincipalId", bot.id)
	d.k("flaggedForReview").t(false).k("isTenantRestricted").t(false).ks("crossTenantAccessType", "none")
	if !managed {
		d.ks("servicePrincipalCredentialKeyId", fixed(13, uint64(len(bot.name))))
	}
	d.ks("uniqueTokenIdentifier", token(r)).ks("incomingTokenType", "none").ks("authenticationProtocol", "none")
	d.k("appServicePrincipalId").null().ks("resourceServicePrincipalId", fixed(12, uint64(len(bot.resource))))
	d.ks("sessionId", guid(r)).ks("appOwnerTenantId", w.tenant).ks("resourceOwnerTenantId", w.tenant)
	d.end().end()
}

// quoted is a result code as sign-in logs carry it: the number as a text.
func quoted(code int64) string { return `"` + strconv.FormatInt(code, 10) + `"` }

func token(r *rand.Rand) string {
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}
