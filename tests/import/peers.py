# SPDX-License-Identifier: LGPL-2.1-or-later
"""PKCS#12 files of four makers, each as a function of key, passphrase and folder."""

import os
import pathlib
import subprocess

KEYS = pathlib.Path(__file__).parent.parent / 'data' / 'keys'
CHAIN = ['intermediate', 'root']
ENVIRONMENT = {**os.environ, 'LC_ALL': 'C.UTF-8'}


class Failed(Exception):
    """The maker could not make the file."""


def run(*command, text=None):
    done = subprocess.run([str(part) for part in command], capture_output=True, input=text,
                          timeout=120, env=ENVIRONMENT, check=False)
    if done.returncode != 0:
        raise Failed(f'{command[0]}: {(done.stdout + done.stderr).decode(errors="replace")}')
    return done.stdout


def chain_file(folder):
    path = folder / 'chain.pem'
    path.write_bytes(b''.join((KEYS / f'{name}.pem').read_bytes() for name in CHAIN))
    return path


def openssl(key, passphrase, folder, options=()):
    path = folder / 'openssl.p12'
    run('openssl', 'pkcs12', '-export', '-inkey', KEYS / f'{key}-key.pem', '-in', KEYS / f'{key}.pem',
        '-certfile', chain_file(folder), '-name', f'Näme {key}', '-passout', f'pass:{passphrase}',
        *options, '-out', path)
    return path


def certtool(key, passphrase, folder, options=()):
    path = folder / 'certtool.p12'
    certs = folder / 'certs.pem'
    certs.write_bytes((KEYS / f'{key}.pem').read_bytes() + (KEYS / 'intermediate.pem').read_bytes())
    run('certtool', '--to-p12', '--load-privkey', KEYS / f'{key}-key.pem', '--load-certificate', certs,
        '--p12-name', f'Näme {key}', '--password', passphrase, *options, '--outfile', path)
    return path


def pk12util(key, passphrase, folder, options=()):
    base = folder / 'nss'
    base.mkdir()
    secret = folder / 'passphrase'
    secret.write_text(passphrase, encoding='utf-8')
    path = folder / 'nss.p12'
    run('certutil', '-N', '-d', f'sql:{base}', '--empty-password')
    run('pk12util', '-i', openssl(key, 'x', folder), '-W', 'x', '-K', '', '-d', f'sql:{base}')
    run('pk12util', '-o', path, '-n', f'Näme {key}', '-w', secret, '-K', '', '-d', f'sql:{base}',
        *options)
    return path


def keytool(key, passphrase, folder, options=()):
    path = folder / 'java.p12'
    run('keytool', *options, '-importkeystore', '-srckeystore', openssl(key, passphrase, folder),
        '-srcstoretype', 'pkcs12', '-srcstorepass', passphrase, '-destkeystore', path,
        '-deststoretype', 'pkcs12', '-deststorepass', passphrase, '-noprompt')
    return path
