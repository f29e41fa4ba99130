package models

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Secrets of environments are encrypted with a key outside the database:
// AES-256-GCM, a random nonce first, bound to where the value belongs.

const sealKeyLen = 32

// errSealKey means that a sealed value was made with another key.
var errSealKey = errors.New("a sealed value can't be read: it was made with another secret key")

// loadSealKey reads the key from file, as 64 hexadecimal digits. Without a file
// name it is "secret.key" in the data folder, made at the first start.
func loadSealKey(file, data string) ([]byte, error) {
	made := file == ""
	if made {
		file = filepath.Join(data, "secret.key")
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && made {
		if text, err = makeSealKey(file); errors.Is(err, fs.ErrExist) { // by another process, just now
			text, err = os.ReadFile(file)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != sealKeyLen {
		return nil, fmt.Errorf("secret key: %s does not hold %d hexadecimal digits", file, 2*sealKeyLen)
	}
	return key, nil
}

// makeSealKey writes a new key so that no process ever reads half of it.
func makeSealKey(file string) ([]byte, error) {
	key := make([]byte, sealKeyLen)
	rand.Read(key)
	text := []byte(hex.EncodeToString(key) + "\n")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".secret.key-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return nil, err
	}
	return text, os.Link(temp.Name(), file) // fails when there is one, where Rename would replace it
}

// CheckSecretKey reads the key that seals secrets, and makes it where no file
// was named and there is none yet.
func (s *Store) CheckSecretKey() error {
	_, err := s.sealKey()
	return err
}

func (s *Store) sealCipher() (cipher.AEAD, error) {
	key, err := s.sealKey()
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (s *Store) seal(place, value string) ([]byte, error) {
	aead, err := s.sealCipher()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, []byte(value), []byte(place)), nil
}

func (s *Store) unseal(place string, sealed []byte) (string, error) {
	aead, err := s.sealCipher()
	if err != nil {
		return "", err
	}
	n := aead.NonceSize()
	if len(sealed) < n {
		return "", errSealKey
	}
	value, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(place))
	if err != nil {
		return "", errSealKey
	}
	return string(value), nil
}

// Where a sealed value belongs: a copy in another row does not open.
func sharedContext(environmentID int64) string {
	return "environment " + strconv.FormatInt(environmentID, 10)
}

func personalContext(variableID, userID int64) string {
	return "personal " + strconv.FormatInt(variableID, 10) + " " + strconv.FormatInt(userID, 10)
}
