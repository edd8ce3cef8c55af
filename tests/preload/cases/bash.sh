# SPDX-License-Identifier: MIT
# Strings, arrays and many subshells in one bash.
# Programs: bash
# Packages: bash
# Quick: yes
exec bash -c '
declare -A count
text=
for ((i = 0; i < 40000 * SCALE; i++)); do
    count[key$((i * 7919 % 4001))]+=x
    text+=$i
    ((${#text} > 50000)) && text=${text//7/seven} && text=${text:0:100}
done
total=0
for key in "${!count[@]}"; do ((total += ${#count[$key]})); done
echo "${#count[@]} keys, $total"
for ((i = 0; i < 150 * SCALE; i++)); do
    list+=("$(printf "%05d" $((i * 31 % 977)))")
done
sorted=($(printf "%s\n" "${list[@]}" | sort))
echo "${#sorted[@]} ${sorted[0]} ${sorted[-1]}"
while read -r a b; do
    sum=$((sum + a * b))
done < <(for ((i = 0; i < 5000; i++)); do echo "$i 3"; done)
echo "$sum"
'
