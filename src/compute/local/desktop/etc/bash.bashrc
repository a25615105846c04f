# For every shell of a workstation, before the artist's own ~/.bashrc.
[ -n "$PS1" ] || return
PS1='\[\e[36m\]\w\[\e[0m\] \$ '
HISTSIZE=10000 HISTFILESIZE=20000 HISTCONTROL=ignoreboth
shopt -s checkwinsize histappend
alias ls='ls --color=auto' ll='ls -l' grep='grep --color=auto'
