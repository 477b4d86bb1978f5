# Draws the rows of the tab-separated file that the variable data names: a label, and what it took in C, with
# libvirt-python, with bare JNA and with this library.
set terminal svg size 800,420 font "sans-serif,13" background "white"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set boxwidth 0.9
set datafile separator tab
set datafile missing "-"
set ylabel "µs per snapshot"
set yrange [0:*]
set grid ytics
set key top left reverse Left
set xrange [-0.6:2.6]
plot data using 2:xtic(1) title "C" linecolor rgb "#4c72b0", \
  "" using 3 title "libvirt-python" linecolor rgb "#dd8452", \
  "" using 4 title "bare JNA" linecolor rgb "#8c8c8c", \
  "" using 5 title "libvirt-snapshot" linecolor rgb "#55a868"
