exec-agent run alpine -- echo Hello
exec-agent run alpine -i data.csv -o lines.txt --save -- sh -c 'wc -l < input/data.csv > output/lines.txt'
sort data.csv | exec-agent run alpine -- uniq -c
exec-agent run alpine -i data.csv -o results/ -- cp input/data.csv output/copy.csv
