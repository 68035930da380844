package tenant

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"time"
)

// Every address of the company is from a range set aside for documentation or for
// benchmarks, so that no line of a demonstration points at somebody's machine.
const (
	domain       = "tidewell.example"
	attacker     = "203.0.113.77" // TEST-NET-3
	scanner      = "10.40.9.9"    // the company's own vulnerability scanner
	homeNet      = "198.18"       // benchmark range: lines of employees
	mobileNet    = "198.19"       // the same: mobile carriers
	portalAppID  = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
	graphAppID   = "00000003-0000-0000-c000-000000000000"
	armAppID     = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
	vaultAppID   = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
	people       = 1200
	admins       = 12 // the first people administer Azure
	commuterRate = 0.62
)

type place struct {
	code, city, state string
	lat, lon          float64
	asn               int64
	zone              int // hours that its clocks are ahead of UTC
}

var (
	offices = []place{
		{"NO", "Bergen", "Vestland", 60.3913, 5.3221, 64496, 1},
		{"PT", "Porto", "Porto", 41.1496, -8.611, 64497, 0},
		{"PL", "Krakow", "Malopolskie", 50.0614, 19.9366, 64498, 1},
		{"GB", "Leeds", "Leeds", 53.8008, -1.5491, 64499, 0},
		{"US", "Portland", "Oregon", 45.5152, -122.6784, 64501, -8},
		{"JP", "Osaka", "Osaka", 34.6937, 135.5023, 64502, 9},
	}
	abroad   = place{"SG", "Singapore", "Singapore", 1.3521, 103.8198, 64500, 8}
	sprayer  = place{"PA", "Panama City", "Panama", 8.9824, -79.5199, 64511, -5}
	officeIP = []string{"198.51.100.10", "198.51.100.20", "198.51.100.30", "198.51.100.40", "198.51.100.50", "198.51.100.55"}
)

type person struct {
	name, upn, id      string
	office             int
	home, mobile       string
	device             int
	deviceID, deviceNm string
	phone              int
	managed            bool
}

type application struct {
	name, id, resource, resourceID string
	weight                         float64
}

var applications = []application{
	{"Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", 22},
	{"Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams Services", "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", 20},
	{"Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000", 14},
	{"Outlook Mobile", "27922004-5251-4030-b22d-91ecd9a37ea4", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", 10},
	{"Tidewell Lens Planner", fixed(7, 1), "Tidewell Lens Planner", fixed(7, 1), 8},
	{"Tidewell Time Sheet", fixed(7, 2), "Tidewell Time Sheet", fixed(7, 2), 6},
	{"Azure Portal", portalAppID, "Windows Azure Service Management API", armAppID, 4},
	{"Microsoft Azure CLI", "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Windows Azure Service Management API", armAppID, 3},
	{"Microsoft Authentication Broker", "29d9ed98-a469-4536-ade2-f981bc1d605e", "Microsoft Graph", graphAppID, 6},
	{"Travel and Expenses", fixed(7, 3), "Travel and Expenses", fixed(7, 3), 3},
	{"Workshop Stock", fixed(7, 4), "Workshop Stock", fixed(7, 4), 2},
	{"My Apps", "2793995e-0a7d-40d7-bd35-6968ba142197", "My Apps", "2793995e-0a7d-40d7-bd35-6968ba142197", 2},
}

type machine struct{ os, browser, agent string }

var (
	computers = []machine{
		{"Windows10", "Edge 131.0.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"},
		{"Windows10", "Edge 130.0.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"},
		{"Windows10", "Chrome 131.0.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
		{"MacOs", "Safari 18.1", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15"},
		{"Windows10", "Firefox 132.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"},
		{"Linux", "Firefox 131.0", "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"},
	}
	phones = []machine{
		{"Ios 18.1", "Mobile Safari", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"},
		{"Android", "Chrome Mobile 131.0.0", "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"},
	}
	strangeMachine = machine{"Linux", "Python Requests 2.32", "python-requests/2.32.3"}
)

type failure struct {
	code   int64
	text   string
	weight float64
}

var failures = []failure{
	{50126, "Error validating credentials due to invalid username or password.", 40},
	{50074, "Strong Authentication is required.", 17},
	{50140, "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.", 12},
	{50058, "Session information is not sufficient for single-sign-on.", 9},
	{53003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", 8},
	{50055, "Invalid password, entered expired password.", 6},
	{65001, "The user or administrator has not consented to use the application with the given ID.", 4},
	{50057, "User account is disabled. The account has been disabled by an administrator.", 4},
}

var lockedOut = failure{50053, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.", 0}

// A robot is an account that is no person: a service principal or a managed identity.
type robot struct {
	name, appID, id, address, agent, resource, resourceID string
	perHour                                               int
	secrets                                               int // secrets it reads in an hour
}

var robots = []robot{
	{"tidewell-deploy", fixed(8, 1), fixed(9, 1), "198.51.100.60", "azsdk-go-azidentity/v1.8.0", "Windows Azure Service Management API", armAppID, 40, 40},
	{"erp-sync", fixed(8, 2), fixed(9, 2), "198.51.100.61", "okhttp/4.12.0", "Microsoft Graph", graphAppID, 70, 12},
	{"lens-telemetry", fixed(8, 3), fixed(9, 3), "198.51.100.62", "python-requests/2.32.3", "Azure Storage", "e406a681-f3d4-42a8-90b6-c2b029497af1", 80, 0},
	{"hr-provisioning", fixed(8, 4), fixed(9, 4), "198.51.100.63", "Apache-HttpClient/5.3", "Microsoft Graph", graphAppID, 24, 6},
	{"backup-agent", fixed(8, 5), fixed(9, 5), "198.51.100.64", "Go-http-client/1.1", "Azure Key Vault", vaultAppID, 30, 24},
	{"certificate-renewal", fixed(8, 6), fixed(9, 6), "198.51.100.65", "azsdk-net-Identity/1.13.1", "Azure Key Vault", vaultAppID, 6, 8},
}

var identities = []robot{
	{"vm-lens-api-1", fixed(8, 21), fixed(9, 21), "", "", "Azure Key Vault", vaultAppID, 40, 60},
	{"vm-lens-api-2", fixed(8, 22), fixed(9, 22), "", "", "Azure Key Vault", vaultAppID, 40, 60},
	{"func-orders", fixed(8, 23), fixed(9, 23), "", "", "Azure Storage", "e406a681-f3d4-42a8-90b6-c2b029497af1", 50, 0},
	{"aks-workshop", fixed(8, 24), fixed(9, 24), "", "", "Windows Azure Service Management API", armAppID, 30, 20},
}

var vaults = []string{"kv-tidewell-prod", "kv-tidewell-shop", "kv-tidewell-dev"}

const (
	prodSubscription = "5d1f6c1a-0c4e-4f9a-9f0e-7a4c2b1d8e01"
	devSubscription  = "5d1f6c1a-0c4e-4f9a-9f0e-7a4c2b1d8e02"
	targetVault      = "kv-tidewell-prod"
	targetNSG        = "nsg-workshop"
	openedRule       = "allow-maint"
)

// A world is the company on one day: who works there and what it owns.
type world struct {
	tenant string
	people []person
	victim *person
	day    time.Time
	seed   uint64
	busy   [24]float64 // share of a person's work that falls into each hour of the office's clock, sums to 1
	weekly float64     // 1 on a working day, less at the weekend
	staff  [][]*person // by office, the busiest first
	pick   []*picker   // who of an office
	app    *picker
	fail   *picker
}

// newWorld draws the company of a seed. The company does not depend on the day.
func newWorld(seed uint64, day time.Time) *world {
	r := rand.New(rand.NewPCG(seed, 1))
	w := &world{tenant: fixed(1, seed), seed: seed}
	var sum float64
	for h := range w.busy {
		x := float64(h) + 0.5
		w.busy[h] = 0.04 + math.Exp(-(x-9.5)*(x-9.5)/5) + 0.75*math.Exp(-(x-14.5)*(x-14.5)/8)
		sum += w.busy[h]
	}
	for h := range w.busy {
		w.busy[h] /= sum
	}
	given := strings.Fields("Ada Bjarne Carla Dorota Eivind Filipa Goran Hanna Ivo Joana Kasper Leonor Marta Nils Oda Piotr Rita Sigrid Tomas Ulla Vasco Wiktor Ylva Zofia Amir Beatriz Callum Dagny Erik Fatima")
	family := strings.Fields("Aasen Barros Czerny Dahl Esteves Falk Grieg Hansen Isaksen Jensen Kowal Lima Moen Nowak Olsen Pires Quist Ramos Solberg Tavares Urban Vik Wrona Ytre Zielinski Ashdown Birch Carver Dunn Ellwood")
	office := newPicker([]float64{34, 22, 17, 13, 9, 5})
	for i := range people {
		g, f := given[r.IntN(len(given))], family[r.IntN(len(family))]
		w.people = append(w.people, person{
			name:     g + " " + f,
			upn:      strings.ToLower(fmt.Sprintf("%s.%s%d@%s", g, f, i, domain)),
			id:       fixed(2, seed<<16+uint64(i)),
			office:   office.draw(r),
			home:     fmt.Sprintf("%s.%d.%d", homeNet, r.IntN(256), 1+r.IntN(254)),
			mobile:   fmt.Sprintf("%s.%d.%d", mobileNet, r.IntN(40), 1+r.IntN(254)),
			device:   r.IntN(len(computers)) * r.IntN(2), // half of them have the usual one
			deviceID: fixed(3, seed<<16+uint64(i)),
			deviceNm: fmt.Sprintf("TW-%s-%04d", strings.ToUpper(f[:3]), i),
			phone:    r.IntN(len(phones)), managed: r.IntN(10) < 8,
		})
	}
	w.victim = &w.people[3] // one of the administrators
	w.staff = make([][]*person, len(offices))
	for i := range w.people {
		p := &w.people[i]
		w.staff[p.office] = append(w.staff[p.office], p)
	}
	for _, list := range w.staff {
		w.pick = append(w.pick, zipf(len(list), 0.85))
	}
	weights := make([]float64, len(applications))
	for i, a := range applications {
		weights[i] = a.weight
	}
	w.app = newPicker(weights)
	weights = make([]float64, len(failures))
	for i, f := range failures {
		weights[i] = f.weight
	}
	w.fail = newPicker(weights)
	return w.on(day)
}

// on is the same company on another day.
func (w *world) on(day time.Time) *world {
	that := *w
	that.day, that.weekly = day.UTC().Truncate(24*time.Hour), 1
	if wd := that.day.Weekday(); wd == time.Saturday || wd == time.Sunday {
		that.weekly = 0.15
	}
	return &that
}

// random returns the source of random numbers for one part of the day.
func (w *world) random(part int) *rand.Rand {
	return rand.New(rand.NewPCG(w.seed, uint64(w.day.Unix())<<16+uint64(part)))
}

// work is the share of an office's day that falls into an hour of UTC.
func (w *world) work(office, hour int) float64 {
	return w.busy[(hour+offices[office].zone+24)%24]
}

// load is how busy the whole company is in an hour of UTC: 1 on the average of a working day.
func (w *world) load(hour int) float64 {
	var sum float64
	for o, list := range w.staff {
		sum += w.work(o, hour) * float64(len(list)) / people
	}
	return sum * 24 * w.weekly
}

// at returns an instant of the hour, on a tick of 100 ns.
func (w *world) at(r *rand.Rand, hour int) time.Time {
	return w.day.Add(time.Duration(hour)*time.Hour + time.Duration(r.Int64N(36_000_000_000))*100)
}

// clock returns the instant of the day that a text such as "03:22:10" names.
func (w *world) clock(hhmmss string) time.Time {
	var h, m, s int
	if _, err := fmt.Sscanf(hhmmss, "%d:%d:%d", &h, &m, &s); err != nil {
		panic("tenant: not a time of day: " + hhmmss) // a literal of this package
	}
	return w.day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second)
}

// A picker draws an index by weight.
type picker struct{ sum []float64 }

func newPicker(weights []float64) *picker {
	p := &picker{sum: make([]float64, len(weights))}
	var s float64
	for i, w := range weights {
		s += w
		p.sum[i] = s
	}
	return p
}

func zipf(n int, exponent float64) *picker {
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = 1 / math.Pow(float64(i+6), exponent)
	}
	return newPicker(weights)
}

func (p *picker) draw(r *rand.Rand) int {
	x := r.Float64() * p.sum[len(p.sum)-1]
	return sort.SearchFloat64s(p.sum, x)
}

// guid draws a random GUID in its canonical text.
func guid(r *rand.Rand) string {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], r.Uint64())
	binary.LittleEndian.PutUint64(b[8:], r.Uint64())
	return guidText(b)
}

// fixed returns the GUID of the n-th thing of a kind: the same in every run.
func fixed(kind, n uint64) string {
	r := rand.New(rand.NewPCG(kind, n))
	return guid(r)
}

func guidText(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var out [36]byte
	hex.Encode(out[0:], b[0:4])
	hex.Encode(out[9:], b[4:6])
	hex.Encode(out[14:], b[6:8])
	hex.Encode(out[19:], b[8:10])
	hex.Encode(out[24:], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}
