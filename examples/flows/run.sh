exec-agent run alpine -- echo Hello
exec-agent run alpine -i data.csv -o lines.txt --save -- sh -c 'wc -l < input/data.csv > output/lines.txt'
