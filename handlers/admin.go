package handlers

// adminRoutes are the pages for administrators; each part of them lists its own.
func (s *Server) adminRoutes(administrator addRoute) {
	s.adminOverviewRoutes(administrator)
	s.adminTokenRoutes(administrator)
	s.adminPeopleRoutes(administrator)
	s.adminAuditRoutes(administrator)
	s.adminPolicyRoutes(administrator)
}
