package views

import (
	"slices"

	"github.com/a-h/templ"
)

func adminStates() []State {
	return slices.Concat(adminOverviewStates(), adminTokenListStates(), adminPeopleStates(), adminRundownStates(), adminAuditStates(), adminPolicyStates())
}

// adminState is a page as an administrator sees it.
func adminState(page, name string, render func(Page) templ.Component) State {
	return State{page, name, func(p Page) templ.Component {
		user := *p.User
		user.Admin = true
		p.User = &user
		return render(p)
	}}
}
