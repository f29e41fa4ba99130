package models

// folderTree finds and makes the folders of one kind during an import.
type folderTree struct {
	im   *importer
	kind FolderKind
	byID map[int64]*Folder
	at   map[folderPlace]*Folder
}

type folderPlace struct {
	parent int64 // 0: the root
	name   string
}

func newFolderTree(im *importer, kind FolderKind) *folderTree {
	t := &folderTree{im: im, kind: kind, byID: map[int64]*Folder{}, at: map[folderPlace]*Folder{}}
	for i := range im.before.folders {
		if f := &im.before.folders[i]; f.Kind == kind {
			t.add(f)
			im.next = max(im.next, f.Position)
		}
	}
	return t
}

func (t *folderTree) add(f *Folder) {
	t.byID[f.ID] = f
	t.at[folderPlace{parentOf(f), f.Name}] = f
}

func parentOf(f *Folder) int64 {
	if f.ParentID == nil {
		return 0
	}
	return *f.ParentID
}

// place returns the folder of these names below target, and makes what is
// missing of it. Nil is the root.
func (t *folderTree) place(target int64, names []string) (*int64, error) {
	parent := target
	for _, name := range names[:min(len(names), maxFolderDepth)] {
		f := t.at[folderPlace{parent, name}]
		if f == nil {
			f = &Folder{ProjectID: t.im.project.ID, Kind: t.kind, Name: name, Position: t.im.position()}
			if parent != 0 {
				id := parent
				f.ParentID = &id
			}
			if err := t.im.tx.write(t.im.ctx).Create(f).Error; err != nil {
				return nil, err
			}
			t.add(f)
			t.im.note(string(t.kind)+"Folder", "created", name, f.ID)
		}
		parent = f.ID
	}
	if parent == 0 {
		return nil, nil
	}
	return &parent, nil
}

// within reports whether a folder is target or lies below it; the root holds all.
func (t *folderTree) within(folder *int64, target int64) bool {
	if target == 0 {
		return true
	}
	for depth := 0; folder != nil && depth <= maxFolderDepth; depth++ {
		if *folder == target {
			return true
		}
		f := t.byID[*folder]
		if f == nil {
			return false
		}
		folder = f.ParentID
	}
	return false
}
