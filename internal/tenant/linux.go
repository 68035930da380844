package tenant

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// hosts are the Linux machines; some write the new form of syslog, some the old one.
var hosts = []struct {
	name string
	old  bool
}{{"vm-lens-api-1", false}, {"vm-lens-api-2", false}, {"vm-shop-1", true}, {"vm-erp-db-1", true}, {"jump-1", false}}

// A line is one message of syslog.
type line struct {
	at                 time.Time
	host               string
	old                bool
	facility, severity int
	app                string
	pid                int
	text               string
}

const (
	authpriv, daemon, cron, kern = 10, 3, 9, 0
	warning, notice, info        = 4, 5, 6
)

func lineEvent(l line) event {
	return event{l.at, 1, func(d *doc) {
		d.b = append(d.b, '<')
		d.b = strconv.AppendInt(d.b, int64(l.facility*8+l.severity), 10)
		if l.old {
			d.b = append(d.b, '>')
			d.b = l.at.AppendFormat(d.b, time.Stamp)
			d.b = append(d.b, ' ')
			d.b = append(append(d.b, l.host...), ' ')
			d.b = append(append(d.b, l.app...), '[')
			d.b = append(strconv.AppendInt(d.b, int64(l.pid), 10), "]: "...)
		} else {
			d.b = append(d.b, ">1 "...)
			d.b = l.at.AppendFormat(d.b, "2006-01-02T15:04:05.000000Z")
			d.b = append(d.b, ' ')
			d.b = append(append(d.b, l.host...), ' ')
			d.b = append(append(d.b, l.app...), ' ')
			d.b = append(strconv.AppendInt(d.b, int64(l.pid), 10), " - - "...)
		}
		d.b = append(d.b, l.text...)
	}}
}

// syslog draws the lines of one hour: jobs on their minute, the internet's guesses at the
// doors, administrators by day, the scanner at night.
func (w *world) syslog(r *rand.Rand, hour int) []event {
	var list []event
	add := func(at time.Time, host int, facility, severity int, app, text string) {
		h := hosts[host]
		list = append(list, lineEvent(line{at, h.name, h.old, facility, severity, app, 300 + r.IntN(30000), text}))
	}
	begin := w.day.Add(time.Duration(hour) * time.Hour)
	for m := 0; m < 60; m += 5 {
		for h := range hosts {
			add(begin.Add(time.Duration(m)*time.Minute+time.Duration(1+r.IntN(900))*time.Millisecond), h, cron, info, "CRON", "(root) CMD (/usr/local/bin/collect-metrics)")
		}
	}
	names := zipf(12, 1)
	guesses := []string{"root", "admin", "test", "oracle", "ubuntu", "postgres", "git", "pi", "user", "ftp", "deploy", "hadoop"}
	for n := 70 + r.IntN(30); n > 0; n-- {
		from := "192.0.2." + strconv.Itoa(10+int(60*r.Float64()*r.Float64()*r.Float64()))
		add(w.at(r, hour), [...]int{2, 4}[r.IntN(2)], authpriv, info, "sshd", "Failed password for invalid user "+guesses[names.draw(r)]+" from "+from+" port "+strconv.Itoa(1024+r.IntN(64000))+" ssh2")
	}
	for n := int(8*w.load(hour) + r.Float64()); n > 0; n-- {
		admin := &w.people[r.IntN(admins)]
		if admin == w.victim {
			continue
		}
		at := w.at(r, hour)
		add(at, 4, authpriv, info, "sshd", "Accepted publickey for "+admin.short()+" from "+officeIP[admin.office]+" port "+strconv.Itoa(1024+r.IntN(64000))+" ssh2: ED25519 SHA256:"+token(r))
		add(at.Add(3*time.Second), 4, authpriv, notice, "sudo", admin.short()+" : TTY=pts/0 ; PWD=/home/"+admin.short()+" ; USER=root ; COMMAND=/usr/bin/systemctl status lens-api")
	}
	for n := 40 + r.IntN(10); n > 0; n-- {
		add(w.at(r, hour), r.IntN(len(hosts)), daemon, info, "systemd", [...]string{"Started Session of user telemetry.", "logrotate.service: Deactivated successfully.", "Starting Daily apt download activities...", "lens-api.service: Reloaded."}[r.IntN(4)])
	}
	for n := r.IntN(6); n > 0; n-- {
		add(w.at(r, hour), 3, kern, warning, "kernel", "TCP: request_sock_TCP: Possible SYN flooding on port 5432. Sending cookies.")
	}
	if hour == 2 {
		for n := range 120 {
			add(begin.Add(time.Duration(n*10+r.IntN(9))*time.Second), n%len(hosts), authpriv, info, "sshd", "Invalid user "+guesses[n%len(guesses)]+" from "+scanner+" port "+strconv.Itoa(30000+n))
		}
	}
	return list
}

// A verdict is what the firewall did with one connection.
type verdict struct {
	at       time.Time
	src, dst string
	port     int
	app      string
	allowed  bool
	user     string
	in, out  int
	random   uint64
}

func verdictEvent(v verdict) event {
	return event{v.at, 1, func(d *doc) {
		r := rand.New(rand.NewPCG(v.random, 11))
		d.b = append(d.b, "<134>"...)
		d.b = v.at.AppendFormat(d.b, time.Stamp)
		d.b = append(d.b, " fw-bergen CEF:0|Example Networks|Gatehouse|7.2|"...)
		if v.allowed {
			d.b = append(d.b, "TRAFFIC-101|Connection ended|3|act=allow"...)
		} else {
			d.b = append(d.b, "TRAFFIC-102|Connection denied|6|act=deny"...)
		}
		d.b = append(d.b, " rt="...)
		d.b = strconv.AppendInt(d.b, v.at.UnixMilli(), 10)
		d.b = append(append(d.b, " src="...), v.src...)
		d.b = append(append(d.b, " dst="...), v.dst...)
		d.b = strconv.AppendInt(append(d.b, " spt="...), int64(1024+r.IntN(64000)), 10)
		d.b = strconv.AppendInt(append(d.b, " dpt="...), int64(v.port), 10)
		d.b = append(append(d.b, " proto=TCP app="...), v.app...)
		if v.user != "" {
			d.b = append(append(d.b, " suser="...), v.user...)
		}
		if v.allowed {
			d.b = strconv.AppendInt(append(d.b, " in="...), int64(v.in), 10)
			d.b = strconv.AppendInt(append(d.b, " out="...), int64(v.out), 10)
		}
		d.b = append(d.b, " cs1Label=Rule cs1="...)
		if v.allowed {
			d.b = append(d.b, "offices to the web"...)
		} else {
			d.b = append(d.b, "deny the rest"...)
		}
	}}
}

// firewall draws what passed the firewall of the offices in one hour.
func (w *world) firewall(r *rand.Rand, hour int) []event {
	var list []event
	targets := zipf(200, 1.1)
	for n := int(110*w.load(hour) + r.Float64()); n > 0; n-- {
		p := w.staff[0][w.pick[0].draw(r)]
		list = append(list, verdictEvent(verdict{at: w.at(r, hour), src: "10.40.20." + strconv.Itoa(1+r.IntN(250)), dst: mobileNet + ".250." + strconv.Itoa(targets.draw(r)), port: 443, app: "ssl",
			allowed: true, user: p.short(), in: 500 + r.IntN(90_000), out: 300 + r.IntN(9_000), random: r.Uint64()}))
	}
	for n := 12 + r.IntN(8); n > 0; n-- {
		list = append(list, verdictEvent(verdict{at: w.at(r, hour), src: "192.0.2." + strconv.Itoa(10+int(60*r.Float64()*r.Float64())), dst: officeIP[0],
			port: [...]int{22, 23, 445, 3389, 8443}[r.IntN(5)], app: "unknown", random: r.Uint64()}))
	}
	return list
}
