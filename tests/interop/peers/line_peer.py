# SPDX-License-Identifier: LGPL-2.1-or-later
"""A peer that runs as one process for all jobs, because starting it is slow.

One line asks, `operation TAB name=value TAB ...`, bytes are passed in files; one line
answers, `ok` or `refused TAB why`. Whatever else the program prints is not looked at.
"""

import subprocess
import threading

from peers.base import TIMEOUT, Refused


class LineProcess:
    def __init__(self, command, errors):
        self._errors = open(errors, 'wb')
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            text=True, bufsize=1)

    def ask(self, operation, **values):
        """Return when the answer is ok, else raise Refused."""
        fields = [operation] + ['%s=%s' % pair for pair in values.items()]
        # A stuck process is killed, its closed pipe then ends the wait below.
        watchdog = threading.Timer(TIMEOUT, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write('\t'.join(fields) + '\n')
            answer = self._answer()
        except BrokenPipeError:
            answer = ''
        finally:
            watchdog.cancel()
        if answer != 'ok':
            raise Refused(answer.replace('refused\t', '') or 'the process has ended')

    def _answer(self):
        for line in self._process.stdout:
            if line.startswith(('ok', 'refused\t')):
                return line.strip()
        return ''

    def close(self):
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()
