#!/bin/sh
# Any program in any language: its arguments are the configuration, its last line is the objective.
echo "measuring a rectangle of $1 x $2"
echo "$(( $1 * $2 - ($1 - 7) * ($1 - 7) * 10 ))"
