from recobro.cli import main

main()
