exec-agent run alpine echo Hello
exec-agent run -i data.csv -o lines.txt --save=. alpine sh -c 'wc -l < input/data.csv > output/lines.txt'
sort data.csv | exec-agent run alpine uniq -c
exec-agent run -i data.csv -o results/ alpine cp input/data.csv output/copy.csv
