package main

// demoCulture is how people of one region are called, and where they live. A
// name is written as it is shown and as it stands in an e-mail address.
type demoCulture struct {
	given, family [][2]string
	order         string // of given and family name, for fmt
	zones         []string
	language      string
}

var demoCultures = []demoCulture{
	{
		given: [][2]string{{"Olivia", "olivia"}, {"Noah", "noah"}, {"Amelia", "amelia"}, {"Liam", "liam"}, {"Grace", "grace"},
			{"Samuel", "samuel"}, {"Priya", "priya"}, {"Daniel", "daniel"}, {"Chloe", "chloe"}, {"Marcus", "marcus"}},
		family: [][2]string{{"Bennett", "bennett"}, {"Clarke", "clarke"}, {"Okafor", "okafor"}, {"Nguyen", "nguyen"}, {"Patel", "patel"},
			{"O’Brien", "obrien"}, {"Whitfield", "whitfield"}, {"Morgan", "morgan"}, {"Kowalski", "kowalski"}, {"Reyes", "reyes"}},
		order: "%s %s", zones: []string{"America/New_York", "America/Los_Angeles", "Europe/London", "Australia/Sydney", "Asia/Kolkata"}, language: "en",
	},
	{
		given: [][2]string{{"結衣", "yui"}, {"蓮", "ren"}, {"葵", "aoi"}, {"悠真", "yuma"}, {"美咲", "misaki"},
			{"大翔", "hiroto"}, {"陽菜", "hina"}, {"健太", "kenta"}, {"さくら", "sakura"}, {"拓海", "takumi"}},
		family: [][2]string{{"佐藤", "sato"}, {"鈴木", "suzuki"}, {"高橋", "takahashi"}, {"田中", "tanaka"}, {"伊藤", "ito"},
			{"渡辺", "watanabe"}, {"山本", "yamamoto"}, {"中村", "nakamura"}, {"小林", "kobayashi"}, {"加藤", "kato"}},
		order: "%[2]s %[1]s", zones: []string{"Asia/Tokyo"}, language: "ja",
	},
	{
		given: [][2]string{{"Jürgen", "juergen"}, {"Léa", "lea"}, {"Søren", "soren"}, {"Zofia", "zofia"}, {"Matteo", "matteo"},
			{"Inês", "ines"}, {"Björn", "bjorn"}, {"Élodie", "elodie"}, {"Nikolai", "nikolai"}, {"Camila", "camila"}},
		family: [][2]string{{"Müller", "mueller"}, {"Lefèvre", "lefevre"}, {"Ødegård", "odegard"}, {"Nowak", "nowak"}, {"Ricci", "ricci"},
			{"Gonçalves", "goncalves"}, {"Lindqvist", "lindqvist"}, {"Dubois", "dubois"}, {"Petrov", "petrov"}, {"Rojas", "rojas"}},
		order: "%s %s", zones: []string{"Europe/Berlin", "Europe/Paris", "Europe/Warsaw", "America/Santiago", "America/Sao_Paulo"}, language: "",
	},
}

var demoTokenNames = []string{
	"ci", "CI: integration tests", "deploy production", "deploy staging", "nightly backup", "Grafana dashboard", "Terraform",
	"release bot", "laptop", "work laptop", "home server", "billing export", "customer sync", "data warehouse import",
	"mobile app (test)", "Slack notifications", "uptime check", "Jenkins", "GitHub Actions", "log shipper", "invoice PDF service",
	"quarterly report", "load test", "webhook relay", "search indexer", "Ansible playbooks", "Kubernetes operator", "curl",
	"Raspberry Pi in the hallway", "script for Dana", "migration 2026", "read the metrics",
}

var demoTokenNamesJapanese = []string{
	"CI", "本番デプロイ", "ステージング", "夜間バックアップ", "Grafana ダッシュボード", "Terraform", "リリース用ボット",
	"ノートPC", "自宅サーバー", "請求データの書き出し", "顧客データ同期", "月次レポート", "監視", "GitHub Actions",
	"ログ収集", "検索インデックス", "負荷テスト", "移行スクリプト",
}

var demoClients = []string{
	"curl 8.10.1", "python-requests 2.32.3", "Go-http-client 1.1", "okhttp 4.12.0", "axios 1.7.7", "PostmanRuntime 7.42.0",
	"Terraform 1.9.8", "GitHub-Actions 2.321", "node-fetch 3.3.2", "Ruby 3.3", "Wget 1.24.5", "Firefox 132",
}

var demoBrowsers = []string{"Firefox 132", "Chrome 130", "Safari 18.1", "Edge 130"}
